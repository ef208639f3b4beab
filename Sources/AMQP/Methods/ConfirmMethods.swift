/// `confirm.select`. Has the server confirm every publish on the channel from now on.
struct ConfirmSelect: MethodArguments {
    /// Whether the server sends no answer if all is well.
    var noWait = false

    mutating func code(with coder: inout some ArgumentCoder) throws(WireError) {
        try coder.bit(&noWait)
    }
}

/// `confirm.select-ok`. Publishes will be confirmed.
struct ConfirmSelectOK: MethodArguments {}
