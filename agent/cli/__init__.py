"""The command `line-agent`. Data goes to stdout, narration to stderr."""
