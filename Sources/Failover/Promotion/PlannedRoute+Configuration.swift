import Leadership
import Notation
import RopewayConfiguration
import Transport

extension PairRecord.PlannedRoute {
    /// What a promotion has to know of a route, as it is configured now.
    init(_ route: RouteConfiguration) {
        let since: Int64? = if case .since(let time) = route.replay.window { time.wholeMilliseconds } else { nil }
        let bindings: [PairRecord.PlannedBinding]? =
            if case .explicit(let list) = route.bindings { list.map { PairRecord.PlannedBinding($0) } } else { nil }
        self.init(
            name: route.name,
            exchange: route.exchange,
            store: route.standby.type.rawValue,
            ttl: route.standby.timeToLive.wholeMilliseconds,
            hold: route.standby.hold.wholeMilliseconds,
            maxLength: route.standby.maxLength,
            maxLengthBytes: route.standby.maxLengthBytes,
            protectedBytes: route.standby.protectedBytes,
            since: since,
            usesWatermarks: route.replay.window == .watermark,
            rate: route.replay.rate,
            trustsUserID: route.trustsUserID,
            capture: route.capture.type?.rawValue,
            captureMaxLengthBytes: route.capture.maxLengthBytes,
            acceptsRoutingChange: route.acceptsRoutingChange,
            bindings: bindings
        )
    }

    /// The route as it was configured when the operation began.
    var configuration: RouteConfiguration {
        RouteConfiguration(
            name: name,
            exchange: exchange,
            bindings: bindings.map { .explicit($0.map(\.configuration)) } ?? .upstream,
            capture: .init(
                type: capture.flatMap { RouteConfiguration.QueueType(rawValue: $0) },
                maxLengthBytes: captureMaxLengthBytes
            ),
            standby: .init(
                type: RouteConfiguration.QueueType(rawValue: store) ?? .stream,
                timeToLive: .milliseconds(ttl),
                maxLength: maxLength,
                maxLengthBytes: maxLengthBytes,
                hold: .milliseconds(hold),
                protectedBytes: protectedBytes
            ),
            replay: .init(
                window: since.map { .since(.milliseconds($0)) } ?? (usesWatermarks ? .watermark : .all),
                rate: rate
            ),
            acceptsRoutingChange: acceptsRoutingChange,
            trustsUserID: trustsUserID
        )
    }
}

extension PairRecord.PlannedBinding {
    fileprivate init(_ binding: RouteConfiguration.Binding) {
        let arguments = binding.arguments.sorted { $0.key < $1.key }.map { name, value in
            switch value {
            case .string(let text): Argument(name: name, text: text)
            case .integer(let number): Argument(name: name, number: number)
            case .boolean(let flag): Argument(name: name, flag: flag)
            }
        }
        self.init(key: binding.routingKey, arguments: arguments)
    }

    fileprivate var configuration: RouteConfiguration.Binding {
        var values: [String: ArgumentValue] = [:]
        for argument in arguments {
            if let text = argument.text { values[argument.name] = .string(text) }
            if let number = argument.number { values[argument.name] = .integer(number) }
            if let flag = argument.flag { values[argument.name] = .boolean(flag) }
        }
        return RouteConfiguration.Binding(routingKey: key, arguments: values)
    }
}
