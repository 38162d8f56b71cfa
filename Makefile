# The only verbs of this project. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
# Set to nothing, it would make every start 2.5 times slower.
unexport PYTHONDONTWRITEBYTECODE
UV_VERSION := 0.13.9
BIN := .venv/bin
DATA ?= ../shared/data
MONTH ?= 2019-06
ONLY ?=
COMPOSE = $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)
CHINA := GONGYUN_AREA=china GONGYUN_HOME=.gongyun-china

.PHONY: help
help:  ## List what there is
	@awk 'BEGIN {FS = ":.*## "} /^[a-z][a-z-]*:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/installed: uv.lock pyproject.toml
	@python=""; for p in python3.11 python3; do \
	  $$p -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && python=$$p && break; done; \
	[ -n "$$python" ] || { echo "Python 3.11 is needed and was not found"; exit 1; }; \
	[ -x $(BIN)/python ] || $$python -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv sync --locked --inexact --compile-bytecode --python $(BIN)/python
	@touch $@

.PHONY: setup
setup: .venv/installed  ## Create the environment from the lock

.PHONY: demo
demo: setup  ## Ten simulated departments, 36 months, one month through the real scheduler to an edition
	@$(BIN)/gongyun demo

.PHONY: stop
stop:  ## Stop what demo and real have started
	@[ ! -x $(BIN)/gongyun ] || { $(BIN)/gongyun stop; $(CHINA) $(BIN)/gongyun stop; }

.PHONY: clean
clean: stop  ## Stop, then remove everything that was made here, the environment included
	rm -rf .gongyun .gongyun-china .venv bench/out dbt_project/target dbt_project/logs .mypy_cache .ruff_cache .pytest_cache

.PHONY: real
real: setup  ## The published national series: make real DATA=../shared/data MONTH=2019-06
	@test -d "$(DATA)/national" || { echo "no folder $(DATA)/national: say where the series are with DATA=…"; exit 2; }
	@$(CHINA) $(BIN)/gongyun waive ytd_decrease --feed powr__electricity --by "make real" --until $$(TZ=CST-8 date +%F) --reason \
	  "第一产业用电量2018年4月、2019年9月累计数低于上月：前者为行业分类调整（农林牧渔服务业划入第三产业），后者未见公布方说明；均为公布数，照原数采用"
	@$(CHINA) $(BIN)/gongyun ingest $(DATA)/national/*
	@$(CHINA) $(BIN)/gongyun build $(MONTH)
	@$(CHINA) $(BIN)/gongyun gate $(MONTH)
	@$(CHINA) $(BIN)/gongyun publish $(MONTH) --by "make real"

.PHONY: check
check: setup  ## Linters, types and the convention tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint dbt_project
	$(BIN)/pytest -q tests/conventions

.PHONY: test
test: check  ## Everything: checks, then unit, DAG, warehouse and end-to-end tests
	$(BIN)/pytest -q -n 2 --dist loadgroup -m "not airflow" --ignore tests/conventions
	$(BIN)/pytest -q -m airflow

.PHONY: bench
bench: setup  ## Measure, into bench/out/NAME.json; make bench ONLY=NAME for one
	@$(BIN)/uv sync --quiet --locked --inexact --compile-bytecode --group bench --python $(BIN)/python
	$(BIN)/python -m bench $(ONLY)

.PHONY: up
up:  ## The same in Docker Compose, waiting until it is healthy; needs .env (see .env.example)
	@test -f .env || { echo "copy .env.example to .env and fill it in"; exit 2; }
	GONGYUN_CODE_VERSION=$$(git describe --always --dirty --exclude='*') $(COMPOSE) up --detach --build
	@for _ in $$(seq 120); do \
	  healthy=$$(docker inspect --format '{{.State.Health.Status}}' \
	    $$(for s in postgres api-server scheduler dag-processor triggerer; do $(COMPOSE) ps -q $$s; done) 2>/dev/null \
	    | grep -c '^healthy'); \
	  [ "$$healthy" = 5 ] && { echo "postgres, api-server, scheduler, dag-processor, triggerer: healthy"; exit 0; }; \
	  sleep 3; \
	done; $(COMPOSE) ps; echo "not all services are healthy after six minutes; see $(COMPOSE) logs"; exit 1

.PHONY: down
down:  ## Stop the compose services; data stay in their volumes
	$(COMPOSE) down

.PHONY: format
format: setup  ## Put code and SQL into the house style
	$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .
	$(BIN)/sqlfluff fix --quiet dbt_project
