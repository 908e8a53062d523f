# syntax=docker/dockerfile:1
# Pinned by digest when it is built for a release: BASE=python:3.11-slim-bookworm@sha256:...
ARG BASE=python:3.11-slim-bookworm
FROM ${BASE} AS build
WORKDIR /src
COPY requirements.lock ./
RUN python3 -m venv /opt/digitizer \
 && /opt/digitizer/bin/python -m pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY digitizer digitizer
COPY review_ui review_ui
RUN /opt/digitizer/bin/python -m pip install --no-cache-dir --no-deps --no-build-isolation .

FROM ${BASE}
# A volume takes its owner from the folder that it is laid over.
RUN useradd --uid 10001 --create-home --home-dir /data --shell /usr/sbin/nologin digitizer \
 && install -d -o 10001 -m 700 /backup
COPY --from=build /opt/digitizer /opt/digitizer
ENV PATH=/opt/digitizer/bin:$PATH \
    DIGITIZER_DATA_DIR=/data \
    DIGITIZER_HOST=0.0.0.0 \
    DIGITIZER_PORT=8000 \
    PYTHONUNBUFFERED=1
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["digitizer", "serve"]
