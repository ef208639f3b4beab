import AMQP
import NIOCore
import RabbitStream

/// A source that is connected, whatever it is.
enum OpenSource {
    case queue(OpenEnd)
    case stream(OpenStreamSource)

    var version: String? {
        switch self {
        case .queue(let end): end.connection.serverVersion
        case .stream(let end): end.connection.serverVersion
        }
    }

    func drop() {
        switch self {
        case .queue(let end): end.connection.drop()
        case .stream(let end): end.connection.drop()
        }
    }

    func close() async {
        switch self {
        case .queue(let end): await end.connection.close()
        case .stream(let end): await end.connection.close()
        }
    }
}

/// A destination that is connected, whatever it is.
enum OpenDestination {
    case exchange(OpenEnd)
    case stream(OpenStreamDestination)

    var version: String? {
        switch self {
        case .exchange(let end): end.connection.serverVersion
        case .stream(let end): end.connection.serverVersion
        }
    }

    func drop() {
        switch self {
        case .exchange(let end): end.connection.drop()
        case .stream(let end):
            end.connection.drop()
            end.gate?.connection.drop()
        }
    }

    func close() async {
        switch self {
        case .exchange(let end): await end.connection.close()
        case .stream(let end):
            async let _: Void = end.connection.close()
            await end.gate?.connection.close()
        }
    }
}
