# The worker, the API and the migrations in one image.
FROM python:3.11-slim-trixie AS build

# The lock also pins the embedded stack and the development tools, about 1.4 GB that a server does not need. So all pinned
# packages are downloaded and checked against their hashes first. Then only the requirements of Aktum are installed, with
# no package index, so that no unpinned package can be installed.
COPY requirements.lock /src/
RUN --mount=type=cache,target=/root/.cache/pip \
    pip wheel --disable-pip-version-check --require-hashes --requirement /src/requirements.lock --wheel-dir /wheels

WORKDIR /src
COPY pyproject.toml README.md LICENSE alembic.ini *.py ./
COPY models models
COPY workflows workflows
COPY activities activities
COPY api api
COPY templates templates
COPY local local
COPY migrations migrations
COPY benchmarks benchmarks
COPY soak soak
COPY operations operations
COPY settings settings
ENV PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels PIP_DISABLE_PIP_VERSION_CHECK=1
RUN pip wheel --no-deps --wheel-dir /wheels . \
    && python -m venv /opt/aktum \
    && /opt/aktum/bin/pip install aktum

FROM python:3.11-slim-trixie

RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin aktum
COPY --from=build /opt/aktum /opt/aktum
ENV PATH=/opt/aktum/bin:$PATH \
    ALEMBIC_CONFIG=/opt/aktum/lib/python3.11/site-packages/alembic.ini \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER aktum
WORKDIR /home/aktum
CMD ["python", "-m", "worker"]
