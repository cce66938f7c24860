"""Adapters of the `Queue` port: a local queue and RabbitMQ."""
