# The example chat, see compose.yaml. Not run by the tests.
FROM golang:1.26 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o /example-chat ./example-chat

FROM gcr.io/distroless/static-debian13
COPY --from=build /example-chat /example-chat
ENTRYPOINT ["/example-chat"]
