"""Windows of an endpoint's requests, compared with what its versions were trained on; alarms."""
