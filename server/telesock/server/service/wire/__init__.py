"""Messages to core values and back: the only place that knows both."""
