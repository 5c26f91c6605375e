# The connector of a hub, and nothing else: docker build -f deploy/docker/hub.Dockerfile -t zeven-hub .
# docker run --rm -v zeven:/data -v $PWD/limburg.zip:/bundle.zip:ro zeven-hub hub join /bundle.zip
# docker run -d --restart unless-stopped -v zeven:/data zeven-hub hub run limburg
FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements.txt .
# everything that is fetched is checked by hash here; what follows fetches nothing
RUN python -m pip download --no-cache-dir --require-hashes -r requirements.txt -d /wheels \
    && python -m pip install --no-cache-dir --no-index --find-links /wheels setuptools
COPY pyproject.toml ./
COPY schemas schemas
COPY connectors connectors
COPY deploy deploy
RUN python -m deploy.hub.build --to /dist \
    && python -m venv /opt/zeven \
    && /opt/zeven/bin/pip install --no-cache-dir --no-index --find-links /wheels /dist/*.whl

FROM python:3.11-slim
RUN useradd --system --uid 10001 --create-home zeven && install -d -o zeven /data
COPY --from=build /opt/zeven /opt/zeven
ENV PATH=/opt/zeven/bin:$PATH PYTHONUNBUFFERED=1 ZEVEN_DATA=/data
USER zeven
VOLUME /data
ENTRYPOINT ["zeven"]
CMD ["--help"]
