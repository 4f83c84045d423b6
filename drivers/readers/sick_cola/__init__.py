"""SICK CLV and Lector readers over CoLa-A, SICK's text command language."""
