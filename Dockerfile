# An exact version. To pin the very bytes as well: --build-arg BASE=python:3.13.11-slim-trixie@sha256:…
ARG BASE=python:3.13.11-slim-trixie

FROM ${BASE} AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

# Only `strip` is wanted of it, any version will do, and none of it reaches the image.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends binutils && rm -rf /var/lib/apt/lists/*

WORKDIR /build

# What builds and installs stays here; what runs has neither pip nor a build tool.
RUN python -m venv /opt/tools && python -m venv --without-pip /opt/venv
COPY requirements-build.lock ./
RUN /opt/tools/bin/python -m pip install --require-hashes --requirement requirements-build.lock

# The lock file alone: this layer is built again only when a dependency changes.
COPY requirements.lock ./
RUN /opt/tools/bin/python -m pip --python /opt/venv/bin/python install --no-compile --require-hashes --requirement requirements.lock

COPY LICENSE README.md pyproject.toml ./
COPY bot/ bot/
COPY config/ config/
COPY store/ store/
COPY treaties/ treaties/
COPY watchers/ watchers/
RUN /opt/tools/bin/python -m pip wheel --no-build-isolation --no-deps --wheel-dir /dist . \
    && /opt/tools/bin/python -m pip --python /opt/venv/bin/python install --no-compile --no-deps /dist/*.whl

# Compiled code lies beside the packages and the standard library: the base brings none, and the image cannot write any.
ENV PYTHONPYCACHEPREFIX=/opt/compiled
WORKDIR /slim
COPY tools/slim.py ./
# The demo shows that nothing is missing, and loads what is loaded late.
RUN /opt/venv/bin/python slim.py && /opt/venv/bin/treatywatch demo --data /tmp/demo --pace 0


FROM ${BASE}

LABEL org.opencontainers.image.title="Treatywatch" \
      org.opencontainers.image.description="Watches news feeds for reports of states leaving treaties and tells each new step once." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"

ENV PATH="/opt/venv/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPYCACHEPREFIX=/opt/compiled \
    TREATYWATCH_DATABASE_URL="sqlite:////data/treatywatch.db" \
    TREATYWATCH_FEEDS__ADDED_FILE="/data/feeds.toml"

COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/compiled /opt/compiled

# A new volume takes its owner from here. The store, its journal and the lock file all stand in this one folder.
RUN install --directory --owner=10001 --group=10001 --mode=0750 /data
VOLUME ["/data"]

# Empty, so that a folder with treatywatch.toml can be mounted here.
WORKDIR /app
USER 10001:10001
STOPSIGNAL SIGTERM

HEALTHCHECK --interval=1m --timeout=10s --start-period=2m --retries=3 CMD ["treatywatch", "health"]

ENTRYPOINT ["treatywatch"]
CMD ["run"]
