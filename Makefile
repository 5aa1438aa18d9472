# langraph: the two commands are `make run` and `make test`; the rest is for those who change it.
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.PHONY: run test check format eval words test-loki reliability simulate examples bench clean

run: $(STAMP)  ## start the daemon; with nothing configured, the demo
	@$(VENV)/bin/langraph run

test: $(STAMP)  ## the whole test suite, in its short form where there is a long one
	$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q  # the evaluation, long and of few tests, begins early

check: $(STAMP)  ## what CI runs before the tests, fastest failure first
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/lint-imports
	$(PY) scripts/docs.py --check
	$(VENV)/bin/mypy

format: $(STAMP)
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

words: $(STAMP)  ## gather the words that messages are made of from the labelled samples
	@$(PY) -m tests.evaluation.words

eval: $(STAMP)  ## how right the answers are, on labelled cases; FAILURES=file RECORD=1; EVAL_SHORT=1 leaves docs/ alone
	@$(PY) -m tests.evaluation.run $(if $(FAILURES),--failures $(FAILURES)) $(if $(DEV_ONLY),--dev-only) $(if $(RECORD),--record)

test-loki: $(STAMP)  ## the Loki contract suite against a real server: make test-loki LOKI_URL=http://127.0.0.1:3100
	LANGRAPH_TEST_LOKI_URL=$(LOKI_URL) $(PY) -m pytest -q tests/contract/test_loki_contract.py

reliability: $(STAMP)  ## the long form of the kill tests; KILLS=500 SEED=7
	LANGRAPH_KILLS=$(or $(KILLS),300) LANGRAPH_SEED=$(SEED) $(PY) -m pytest -q -s tests/reliability

simulate: $(STAMP)  ## a month (DAYS=30) of incidents and decisions: do first proposals get better? SEED=7
	SEED=$(SEED) DAYS=$(DAYS) $(PY) -m pytest -q -s --timeout=3600 tests/reliability/test_learning_month.py

examples: $(STAMP)  ## record examples/ anew: runs the demo for some minutes and decides what comes up
	$(PY) scripts/record_examples.py

bench: $(STAMP)  ## what our way costs against the plain way, as ratios in one run
	$(PY) benchmarks/run.py

clean:
	rm -rf $(VENV) .langraph dist

$(STAMP): pyproject.toml constraints.txt scripts/venv.sh
	@sh scripts/venv.sh $(VENV)
