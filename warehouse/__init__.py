"""The database: settings, connection, embedded server, the ledger of deliveries, gates and editions."""
