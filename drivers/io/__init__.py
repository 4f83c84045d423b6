"""Line input and output: PLCs and remote I/O."""
