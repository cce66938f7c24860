"""What users are told of, and how: notifications, webhooks, mail, the exchange of the broker."""
