"""The agent's one HTTP surface: screen, commands and platform use the same."""
