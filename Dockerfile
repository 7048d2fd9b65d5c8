# Our own image: exporter, alerts, boards, and what puts a start of the stack together.
#
#   docker build --target runtime -t dvc-monitor .        # operation
#   docker build --target demo -t dvc-monitor-demo .      # the same with the simulated portal
#
# Every package is the one that constraints-runtime.txt names, by its hash.

ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS packages
ARG VERSION=0.1.0
COPY constraints-runtime.txt /build/
RUN python -m venv --without-pip /opt/venv \
 && python -m pip --python /opt/venv/bin/python install --no-cache-dir --no-deps --require-hashes \
      --disable-pip-version-check --no-compile --requirement /build/constraints-runtime.txt \
 && printf '%s\n' '#!/opt/venv/bin/python' 'from exporter.cli import main' 'main()' > /opt/venv/bin/dvc-exporter \
 && chmod 755 /opt/venv/bin/dvc-exporter \
 # What an installed package says of itself: the exporter publishes its version.
 && about="$(/opt/venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/dvc_monitor-${VERSION}.dist-info" \
 && mkdir "$about" && printf '%s\n' 'Metadata-Version: 2.1' 'Name: dvc-monitor' "Version: ${VERSION}" > "$about/METADATA"
COPY exporter /srv/dvc-monitor/exporter
COPY alerts /srv/dvc-monitor/alerts
COPY dashboards /srv/dvc-monitor/dashboards
COPY deploy /srv/dvc-monitor/deploy
COPY tools/__init__.py /srv/dvc-monitor/tools/
COPY tools/backup /srv/dvc-monitor/tools/backup
# Shown as a board.
COPY docs/runbooks.md /srv/dvc-monitor/docs/
# Readable for every user, whatever the umask was under which they were cloned; compiled by their content, not their
# time: the same files make the same layers.
RUN chmod -R a+rX /srv/dvc-monitor \
 && /opt/venv/bin/python -m compileall -q --invalidation-mode checked-hash /opt/venv/lib /srv/dvc-monitor \
 # Where volumes are mounted: a new volume takes over whose folder it covers.
 && mkdir -p /srv/dvc-monitor/config /srv/dvc-monitor/var /srv/dvc-monitor/built/alertmanager /srv/dvc-monitor/boards \
 && chown 10805:10805 /srv/dvc-monitor/config /srv/dvc-monitor/var /srv/dvc-monitor/built \
      /srv/dvc-monitor/built/alertmanager /srv/dvc-monitor/boards

FROM python:${PYTHON} AS runtime
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="dvc-monitor" \
      org.opencontainers.image.description="Holds a province's online public services to the targets of its decision" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=packages /opt/venv /opt/venv
COPY --from=packages /srv/dvc-monitor /srv/dvc-monitor
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/srv/dvc-monitor \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TZ=Asia/Ho_Chi_Minh
WORKDIR /srv/dvc-monitor
USER 10805:10805
EXPOSE 9805 9806
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=4 \
  CMD ["python", "-m", "deploy.leader", "probe", "--", "dvc-exporter", "probe"]
CMD ["dvc-exporter", "serve", "--web.listen-address", "0.0.0.0:9805", "--wall.listen-address", "0.0.0.0:9806"]

FROM packages AS simulation
COPY demo /srv/dvc-monitor/demo
RUN chmod -R a+rX /srv/dvc-monitor/demo

FROM runtime AS demo
COPY --from=simulation /srv/dvc-monitor/demo /srv/dvc-monitor/demo
HEALTHCHECK NONE
CMD ["python", "-m", "demo.portal", "--listen", "0.0.0.0:9808", "--date", "2024-09-16"]

# The last stage is what is built where none is named.
FROM runtime
