FROM node:24-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY script/bundle.mjs script/bundle-web.mjs script/
COPY lib lib
RUN npm run build

FROM node:24-slim AS packages
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev --omit=optional

# The command is bundled: of lib/ nothing else is needed. Nothing is native, so it may be built on another system.
FROM node:24-alpine
WORKDIR /app
COPY --from=packages /src/package.json ./
COPY --from=packages /src/node_modules node_modules/
COPY --from=build /src/dist/cli.js dist/
COPY --from=build /src/dist/bundle dist/bundle/
COPY LICENSE ./
COPY contrib/docker.toml /etc/sluice/config.toml
ENV NODE_ENV=production
USER 1000:1000
EXPOSE 4222 8889
# sluice handles its signals itself, also as process 1, and starts no processes: it needs no init around it.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8222/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/cli.js"]
CMD ["-c", "/etc/sluice/config.toml"]
