"""The service's vocabulary and use cases: records, states, messages, ports, settings, errors."""
