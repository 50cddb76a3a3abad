"""Real parts for the tests and the benchmark: broker, daemon, subscriber. Nothing is mocked."""
