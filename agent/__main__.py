"""`python -m agent` is `line-agent`."""

from agent.cli import main

main()
