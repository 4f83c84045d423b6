"""Device drivers: messages, codec and driver per family; policy lives in the link."""
