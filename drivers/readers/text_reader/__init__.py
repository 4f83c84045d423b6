"""Any fixed reader that sends one line of text a read."""
