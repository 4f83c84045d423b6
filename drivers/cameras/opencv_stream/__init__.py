"""Cameras that stream all the time: V4L2, RTSP, HTTP; a video file for a test stand."""
