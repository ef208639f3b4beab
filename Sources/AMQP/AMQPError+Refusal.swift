extension AMQPError {
    /// What the user may not do something to, in the words of RabbitMQ's reply "ACCESS_REFUSED - … access to exchange
    /// 'orders' in vhost '/' refused …", from the resource's kind on; `nil` where the reason does not say.
    package var refusedResource: Substring? {
        // What follows the first of these words is a name, which may contain any of them.
        reason.firstRange(of: "access to ").map { reason[$0.upperBound...] }
    }
}
