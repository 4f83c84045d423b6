"""Looking at devices, and proving them: what `line-agent diag` and its API stand on."""
