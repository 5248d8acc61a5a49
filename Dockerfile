# peernet in an image. PostgreSQL is elsewhere: say where by libpq's variables; or take tools/compose, which brings one.
#   docker build -t peernet .
#   docker run --network host -e PGHOST=127.0.0.1 -e PGDATABASE=peernet -e PGUSER=peernetd -e PGPASSFILE=/run/secrets/pgpass peernet
# It listens on 127.0.0.1:7400 in there. To reach it from outside (PEERNET_INSECURE_PLAINTEXT_REMOTE=yes: see peernetd(8)):
#   -e PEERNET_LISTEN=0.0.0.0:7400 -e PEERNET_INSECURE_PLAINTEXT_REMOTE=yes -p 127.0.0.1:7400:7400
FROM debian:bookworm-slim AS build
COPY tools/packages /tmp/packages
RUN apt-get update \
    && awk '$1 == "run" && $2 !~ /^(postgresql|procps|libcmocka)/ {print $2}' /tmp/packages \
       | xargs apt-get install -y --no-install-recommends \
    && rm -rf /var/lib/apt/lists/*
COPY . /source
RUN cmake -G Ninja -S /source -B /build -DCMAKE_BUILD_TYPE=RelWithDebInfo -DPEERNET_TESTS=OFF \
             -DCMAKE_INSTALL_PREFIX=/usr \
    && cmake --build /build \
    && DESTDIR=/stage cmake --install /build --strip

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
       libjansson4 libmicrohttpd12 libmsgpackc2 libpq5 libsmartcols1 libssl3 libsystemd0 libuv1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --no-create-home --shell /usr/sbin/nologin peernetd
COPY --from=build /stage/ /
# A library that is missing here (igraph's, where its archive did not link alone) fails the build, not the first regrouping.
RUN peernetd --version && peernet --version && peernet-regroup --version
USER peernetd
ENV LANG=C.UTF-8
EXPOSE 7400
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["peernet", "status"]
ENTRYPOINT ["peernetd"]
