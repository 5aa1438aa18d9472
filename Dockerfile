# langraph in one image: `docker build -t langraph:0.1.0 .`
# Python 3.11 and Debian 12 (git 2.39) are what the tests run on.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md ./
COPY langraph langraph
COPY services services
COPY api api
# The demo's repository inside `services` is a link to this folder; the wheel carries the files.
COPY helm-values helm-values
# Without pip in it, the environment that is copied below can install nothing.
RUN python -m venv --without-pip /opt/langraph \
    && pip --python /opt/langraph/bin/python install --no-cache-dir -c constraints.txt .

FROM python:3.11-slim-bookworm
# git and ssh are how the GitOps repository is reached.
RUN apt-get update -q \
    && apt-get install -y -q --no-install-recommends ca-certificates git openssh-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --create-home --shell /usr/sbin/nologin langraph \
    && install -d -o 10001 -g 10001 /var/lib/langraph /etc/langraph
COPY --from=build /opt/langraph /opt/langraph
ENV PATH=/opt/langraph/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    STATE_DIR=/var/lib/langraph/state
# A langraph.yaml may be mounted here.
WORKDIR /etc/langraph
# By number, so that Kubernetes can see that it is not root.
USER 10001:10001
EXPOSE 8000
VOLUME /var/lib/langraph
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import os, urllib.request as web; web.build_opener(web.ProxyHandler({})).open('http://127.0.0.1:' + os.environ.get('API_PORT', '8000') + '/health', timeout=3)"]
CMD ["langraph", "run"]
