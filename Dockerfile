# jointre on a CPU: docker build --tag jointre . && docker run --rm --volume "$PWD:/work" jointre train quickstart
FROM python:3.12-slim

COPY . /src
RUN python -m pip install --no-cache-dir --constraint /src/constraints.txt "/src[minilm]" \
    && rm -rf /src \
    && useradd --create-home jointre

USER jointre
WORKDIR /work
ENV HF_HUB_DISABLE_TELEMETRY=1
ENTRYPOINT ["jointre"]
CMD ["--help"]
