import NIOCore
import NIOSSL
import NIOTLS

/// Stands right behind the TLS handler until the handshake ends, and tells how it ended.
///
/// Everything passes through unchanged. It leaves the pipeline when the broker is verified, so that it costs nothing
/// afterwards.
final class HandshakeWatcher: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let endpoint: Endpoint
    private let handler: NIOSSLClientHandler
    private var completion: EventLoopPromise<Void>?

    /// Makes a watcher that completes the promise exactly once.
    init(endpoint: Endpoint, handler: NIOSSLClientHandler, completion: EventLoopPromise<Void>) {
        self.endpoint = endpoint
        self.handler = handler
        self.completion = completion
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.handshakeCompleted) = event as? TLSUserEvent, let completion = self.take() {
            // Handlers behind this one hear of it first: they are set up by the time the caller gets the channel.
            context.fireUserInboundEventTriggered(event)
            completion.succeed()
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
            return
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.take()?.fail(self.explanation(of: error))
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.take()?.fail(self.explanation(of: ChannelError.eof))
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.take()?.fail(self.explanation(of: ChannelError.alreadyClosed))
    }

    private func take() -> EventLoopPromise<Void>? {
        let completion = self.completion
        self.completion = nil
        return completion
    }

    /// The library only says that verification failed. The certificate that the broker sent tells more.
    private func explanation(of error: any Error) -> TransportError {
        let attempted = "complete the TLS handshake"
        guard String(describing: error).contains("CERTIFICATE_VERIFY_FAILED") else {
            return TransportError(error, endpoint: self.endpoint, attempted: attempted)
        }
        let failure = self.verificationFailure
        let reason =
            switch failure {
            case .expired: "the broker's certificate has expired"
            case .notYetValid: "the broker's certificate is not valid yet"
            case .unknownAuthority: "the broker's certificate does not lead to a trusted authority"
            case .wrongName: "the broker's certificate is for another name"
            case .other: "the broker's certificate was not accepted"
            }
        return TransportError(
            code: .tlsVerificationFailed,
            endpoint: self.endpoint,
            attempted: attempted,
            reason: reason,
            verificationFailure: failure
        )
    }

    private var verificationFailure: TransportError.VerificationFailure {
        guard let certificate = self.handler.peerCertificate else { return .other }
        let now = WallClock.secondsSince1970()
        if now > Int64(certificate.notValidAfter) { return .expired }
        if now < Int64(certificate.notValidBefore) { return .notYetValid }
        return .unknownAuthority
    }
}
