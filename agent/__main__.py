"""`python -m agent` is `line-agent`."""

from agent.cli.main import main

main()
