import NIOCore

/// Counts what a handler writes and how often it flushes.
package final class WriteCounter: ChannelOutboundHandler {
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    package private(set) var writes = 0
    package private(set) var flushes = 0

    package init() {}

    package func reset() {
        writes = 0
        flushes = 0
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        writes += 1
        context.write(data, promise: promise)
    }

    package func flush(context: ChannelHandlerContext) {
        flushes += 1
        context.flush()
    }
}
