import NIOCore
import NIOSSL
import NIOTLS
import TLSDiagnosis

/// Stands right behind the TLS handler until the handshake ends, and tells how it ended.
///
/// Everything passes through unchanged. It leaves the pipeline when the broker is verified, so that it costs nothing
/// afterwards.
final class HandshakeWatcher: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let endpoint: Endpoint
    private let expectedName: String
    private let answer: AnswerWatcher
    private let handler: NIOSSLClientHandler
    private var completion: EventLoopPromise<Void>?

    /// Makes a watcher that completes the promise exactly once.
    ///
    /// - Parameter expectedName: the name or address that the broker's certificate has to carry.
    init(
        endpoint: Endpoint,
        expectedName: String,
        answer: AnswerWatcher,
        handler: NIOSSLClientHandler,
        completion: EventLoopPromise<Void>
    ) {
        self.endpoint = endpoint
        self.expectedName = expectedName
        self.answer = answer
        self.handler = handler
        self.completion = completion
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.handshakeCompleted) = event as? TLSUserEvent, let completion = self.take() {
            // Handlers behind this one hear of it first: they are set up by the time the caller gets the channel.
            context.fireUserInboundEventTriggered(event)
            completion.succeed()
            context.pipeline.syncOperations.removeHandler(self.answer, promise: nil)
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

    private func explanation(of error: any Error) -> TransportError {
        let attempted = "complete the TLS handshake"
        if let fault = self.verificationFault(of: error) {
            return TransportError(fault, endpoint: self.endpoint, attempted: attempted)
        }
        if self.answer.isOtherThanTLS {
            return TransportError(.notTLS, endpoint: self.endpoint, attempted: attempted)
        }
        let reported = TransportError(error, endpoint: self.endpoint, attempted: attempted)
        guard reported.code == .closedByPeer || reported.tlsFault == .closed else { return reported }
        let fault: TLSFault = self.answer.hasAnswered ? .closed : .noAnswer
        return TransportError(fault, endpoint: self.endpoint, attempted: attempted)
    }

    /// What is wrong with the broker's certificate: the library only says that verification failed, and the
    /// certificate that the broker sent tells more.
    private func verificationFault(of error: any Error) -> TLSFault? {
        if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname {
            return .wrongName(expected: self.expectedName)
        }
        let text = String(describing: error)
        guard text.contains("CERTIFICATE_VERIFY_FAILED") else { return nil }
        guard let certificate = self.handler.peerCertificate else { return .certificateNotAccepted(text) }
        let now = WallClock.secondsSince1970()
        if now > Int64(certificate.notValidAfter) { return .certificateExpired }
        if now < Int64(certificate.notValidBefore) { return .certificateNotYetValid }
        return .unknownAuthority
    }
}
