# The command line and the language server, in an image that is not run as root.
#   docker build -t duckflux .
#   docker build -t duckflux --build-arg EXTRAS=http,mcp,durable .
ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
ARG EXTRAS=http
WORKDIR /source
COPY pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY engine engine
COPY server server
# The virtual environment has no pip of its own: nothing is installed into a finished image. What is installed is the
# source itself, which has no version to pin.
# hadolint ignore=DL3013
RUN python -m venv --without-pip /opt/duckflux \
    && pip --python /opt/duckflux/bin/python install --no-cache-dir --disable-pip-version-check ".${EXTRAS:+[$EXTRAS]}"

FROM python:${PYTHON}-slim
LABEL org.opencontainers.image.title="duckflux" \
    org.opencontainers.image.description="Language server, engine and command line for duckflux workflows" \
    org.opencontainers.image.licenses="MIT"
RUN useradd --uid 1000 --create-home duckflux
COPY --from=build /opt/duckflux /opt/duckflux
ENV PATH=/opt/duckflux/bin:$PATH
# By number, so that a cluster can tell that it is not root.
USER 1000
WORKDIR /work
ENTRYPOINT ["duckflux"]
CMD ["--help"]
