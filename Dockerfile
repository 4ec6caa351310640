# One static program in a small image, with git for `--since`.
FROM rust:1.95-alpine AS build
RUN apk add --no-cache musl-dev
WORKDIR /spanlint
COPY . .
RUN cargo build --locked --profile dist --bins

FROM alpine:3.22
RUN apk add --no-cache git && git config --system --add safe.directory '*'
COPY --from=build /spanlint/target/dist/spanlint /spanlint/target/dist/cargo-spanlint /usr/local/bin/
WORKDIR /src
CMD ["spanlint"]
