# The agent's image: the wheel and its environment are made in one stage and run in another, by a user without rights.
# It keeps the agent's own defaults: it listens on loopback and lets sockets go to loopback alone. Say more on the
# command line (docker run IMAGE --listen 0.0.0.0:50551 --insecure --allow 10.0.0.0/8) or by TELESOCK_ variables;
# deploy/compose/compose.yaml is an example.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY proto proto
COPY client client
COPY server server
RUN python -m pip wheel --quiet --no-deps --wheel-dir /wheels .
RUN python -m venv /opt/telesock \
    && /opt/telesock/bin/pip install --quiet -c constraints.txt "$(ls /wheels/*.whl)[server]" \
    && /opt/telesock/bin/pip uninstall --quiet --yes pip setuptools

# `docker build --target tests`: pytest and the client, for a runner inside the network under test. The agent has none of it.
FROM build AS tests
RUN python -m pip --python /opt/telesock/bin/python install --quiet -c constraints.txt \
        "$(ls /wheels/*.whl)[kubernetes]" pytest pytest-asyncio pytest-timeout \
    && install -d -o 10001 -g 10001 -m 700 /etc/telesock /run/telesock /results /results/timelines
ENV PATH=/opt/telesock/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /tests
USER 10001:10001
ENTRYPOINT ["pytest", "-p", "no:cacheprovider"]

FROM python:3.11-slim-bookworm AS agent
LABEL org.opencontainers.image.title="telesock" \
      org.opencontainers.image.description="The Telesock agent: real sockets for a remote client, over gRPC." \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/telesock /opt/telesock
ENV PATH=/opt/telesock/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 50551
HEALTHCHECK --interval=5s --timeout=5s --start-period=10s --retries=3 \
    CMD ["telesock", "agent", "health", "--agent", "127.0.0.1:50551"]
ENTRYPOINT ["telesock-agent"]
