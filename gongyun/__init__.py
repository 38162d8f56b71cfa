"""The command line, and what runs the house on one machine: setting up, the demo, a local Airflow."""
