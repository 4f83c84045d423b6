"""The operator's screen: a client of the agent's API and nothing more."""
