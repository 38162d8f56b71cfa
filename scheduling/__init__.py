"""Airflow's side of the house: what DAGs, the drop folder and a local Airflow share. dags/ stays thin."""
