FROM python:3.13.11-slim-trixie AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

WORKDIR /build

RUN python -m venv /opt/venv

# The lock file alone first: this layer is built again only when a dependency changes.
COPY requirements.lock ./
RUN /opt/venv/bin/python -m pip install --require-hashes --requirement requirements.lock

COPY LICENSE README.md pyproject.toml ./
COPY bot/ bot/
COPY config/ config/
COPY store/ store/
COPY treaties/ treaties/
COPY watchers/ watchers/
# The build tools stand in the lock file too, so that nothing is fetched without a hash.
RUN /opt/venv/bin/python -m pip wheel --no-build-isolation --no-deps --wheel-dir dist . \
    && /opt/venv/bin/python -m pip install --no-deps dist/*.whl


FROM python:3.13.11-slim-trixie

LABEL org.opencontainers.image.title="Treatywatch" \
      org.opencontainers.image.description="Watches news feeds for reports of states leaving treaties and tells each new step once." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"

ENV PATH="/opt/venv/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TREATYWATCH_DATABASE_URL="sqlite:////data/treatywatch.db" \
    TREATYWATCH_FEEDS__ADDED_FILE="/data/feeds.toml"

COPY --from=build /opt/venv /opt/venv

# A new volume takes its owner from here. The store, its journal and the lock file all stand in this one folder.
RUN install --directory --owner=10001 --group=10001 --mode=0750 /data
VOLUME ["/data"]

# Empty, so that a folder with treatywatch.toml can be mounted here.
WORKDIR /app
USER 10001:10001
STOPSIGNAL SIGTERM

HEALTHCHECK --interval=2m --timeout=30s --start-period=2m --retries=3 CMD ["treatywatch", "health"]

ENTRYPOINT ["treatywatch"]
CMD ["run"]
