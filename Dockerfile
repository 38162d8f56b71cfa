# One image for every service of docker-compose.yml.
FROM python:3.11-slim-bookworm

RUN pip install --no-cache-dir uv==0.13.9 \
 && useradd --uid 50000 --create-home gongyun \
 && install -d -o gongyun -g gongyun /opt/gongyun /var/lib/gongyun /srv/drop
WORKDIR /opt/gongyun
ENV UV_LINK_MODE=copy UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never PATH=/opt/gongyun/.venv/bin:$PATH \
    GONGYUN_HOME=/var/lib/gongyun GONGYUN_DROP=/srv/drop AIRFLOW_HOME=/var/lib/gongyun/airflow

# The dependencies change less often than the rooms.
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev --no-install-project --compile-bytecode

COPY README.md LICENSE ./
COPY vocabulary vocabulary
COPY areas areas
COPY warehouse warehouse
COPY ingest ingest
COPY expectations expectations
COPY publish publish
COPY samples samples
COPY scheduling scheduling
COPY gongyun gongyun
COPY dbt_project dbt_project
COPY dags dags
RUN uv sync --locked --no-dev --compile-bytecode && chown -R gongyun:gongyun dbt_project

# The commit, which an edition prints beside the version.
ARG GONGYUN_CODE_VERSION
ENV GONGYUN_CODE_VERSION=$GONGYUN_CODE_VERSION
USER gongyun
RUN mkdir -p "$AIRFLOW_HOME"
CMD ["gongyun", "--help"]
