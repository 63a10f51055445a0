# One image for every part: service and dashboard. They need no torch; an image that also measures models is built with
#   docker build --build-arg EXTRAS=evaluation .
ARG PYTHON_IMAGE=python:3.11-slim-trixie

FROM ${PYTHON_IMAGE} AS build
ARG EXTRAS=""
RUN python -m venv /opt/wellbehaved
WORKDIR /source
COPY constraints.txt pyproject.toml README.md LICENSE NOTICE ./
COPY quba/ quba/
COPY evaluation/ evaluation/
COPY backend/ backend/
COPY dashboard/ dashboard/
COPY wellbehaved/ wellbehaved/
COPY migrations/ migrations/
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/wellbehaved/bin/pip install --disable-pip-version-check --constraint constraints.txt ".[server,dashboard${EXTRAS:+,${EXTRAS}}]" \
    && echo "${EXTRAS}" > /opt/wellbehaved/image-extras

# The guide, which the service shows at /guide: what writes it stays behind here.
FROM build AS guide
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/wellbehaved/bin/pip install --disable-pip-version-check --constraint constraints.txt mkdocs-material mkdocstrings-python
COPY CHANGELOG.md CITATION.cff CODE_OF_CONDUCT.md CONTRIBUTING.md SECURITY.md ./
COPY docs/ docs/
COPY examples/ examples/
RUN NO_MKDOCS_2_WARNING=1 /opt/wellbehaved/bin/python -m docs.guide

FROM build AS complete
RUN --mount=type=bind,from=guide,source=/source/backend/guide,target=/guide \
    cp -r /guide "$(/opt/wellbehaved/bin/python -P -c 'import backend; print(*backend.__path__)')/guide"

FROM ${PYTHON_IMAGE}
# A volume mounted at /data takes over the owner and the mode that the folder has here.
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin wellbehaved \
    && install --directory --owner wellbehaved --mode 700 /data
COPY --from=complete /opt/wellbehaved /opt/wellbehaved
# The container listens on all its addresses; who reaches them is decided where its ports are published.
ENV PATH=/opt/wellbehaved/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    WELLBEHAVED_DATA_DIR=/data \
    WELLBEHAVED_HOST=0.0.0.0
USER wellbehaved
WORKDIR /data
VOLUME /data
EXPOSE 8000 8501
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/v1/health', timeout=4)"]
ENTRYPOINT ["wellbehaved"]
CMD ["serve"]
