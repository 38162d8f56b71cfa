"""The database: settings, connection, embedded server, the book of deliveries, gates and editions."""
