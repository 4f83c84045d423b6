"""Leibinger JET series (JET2neo, JET3up, …) over its JET3 text protocol."""
