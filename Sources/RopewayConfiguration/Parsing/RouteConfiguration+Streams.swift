/// Routes whose capture is a stream.
extension RouteConfiguration {
    /// Reports what a stream capture needs and does not have, and what goes with queues only.
    static func checkStream(_ route: RouteConfiguration, _ fields: Fields, _ siteWithoutStreams: String?) {
        guard route.copiesStream else { return }
        if let site = siteWithoutStreams {
            fields["capture"]?.error(
                "is a stream, and site \(Shown.name(site)) has no listener for that",
                hint: "add stream: [rabbitmq-stream://HOST] to both sites, or choose quorum or classic"
            )
        }
        if route.standby.type != .stream {
            fields["standby"]?.error(
                "is no stream, and the capture is one, which is copied as it is",
                hint: "set standby.type to stream, or capture.type to quorum or classic"
            )
        }
        if route.standby.protectedBytes != nil {
            fields["standby"]?.error(
                "protect-unconsumed needs to know what is consumed, which is not known of a stream capture",
                hint: "leave protect-unconsumed out, or set capture.type to quorum or classic"
            )
        } else if route.replay.window == .watermark {
            // It is the default as well.
            (fields["replay"] ?? fields["capture"])?.warning(
                "replay.window: watermark has no effect with a stream capture: all that is retained is replayed",
                hint: "set replay.window to all or to a time, or capture.type to quorum or classic"
            )
        }
    }
}
