"""Cognex DataMan fixed readers over DMCC, their text command protocol."""
