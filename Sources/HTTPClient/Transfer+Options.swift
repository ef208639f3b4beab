import CCurl
import TLSDiagnosis

/// What libcurl is told of a request.
extension Transfer {
    /// What is the same for every request.
    func setUsual(_ set: (CURLoption, Int) -> Void, _ setText: (CURLoption, String) -> Void) {
        set(CURLOPT_NOSIGNAL, 1)
        setText(CURLOPT_PROTOCOLS_STR, "http,https")
        setText(CURLOPT_NOPROXY, "*")
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_HTTP09_ALLOWED, 0)
        set(CURLOPT_PATH_AS_IS, 1)
        // RabbitMQ closes a management connection that was idle for 5 s.
        set(CURLOPT_MAXAGE_CONN, 4)
        // So that what a TLS port answers to a request without TLS can be looked at.
        set(CURLOPT_HTTP09_ALLOWED, 1)
        // Without this, giving up on a resolver that hangs would wait for it, and with it every transfer of the loop.
        set(CURLOPT_QUICK_EXIT, 1)
        setText(CURLOPT_ACCEPT_ENCODING, "gzip")
        setText(CURLOPT_USERAGENT, "ropeway")
    }

    /// Who is told of what comes.
    func setCallbacks(_ check: (CURLoption, CURLcode) -> Void) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        check(CURLOPT_ERRORBUFFER, ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText))
        check(CURLOPT_WRITEDATA, ccurl_set_pointer(handle, CURLOPT_WRITEDATA, context))
        check(CURLOPT_HEADERDATA, ccurl_set_pointer(handle, CURLOPT_HEADERDATA, context))
        check(CURLOPT_WRITEFUNCTION, ccurl_set_data_function(handle, CURLOPT_WRITEFUNCTION, receiveBody))
        if request.unixSocket != nil {
            check(CURLOPT_SOCKOPTDATA, ccurl_set_pointer(handle, CURLOPT_SOCKOPTDATA, context))
            check(
                CURLOPT_SOCKOPTFUNCTION,
                ccurl_set_socket_function(handle, CURLOPT_SOCKOPTFUNCTION, takeSocket)
            )
            check(CURLOPT_PREREQDATA, ccurl_set_pointer(handle, CURLOPT_PREREQDATA, context))
            check(
                CURLOPT_PREREQFUNCTION,
                ccurl_set_connected_function(handle, CURLOPT_PREREQFUNCTION, checkPeer)
            )
        }
        check(CURLOPT_HEADERFUNCTION, ccurl_set_data_function(handle, CURLOPT_HEADERFUNCTION, receiveHeader))
    }

    func setAddress(_ set: (CURLoption, String) -> Void, _ setList: (CURLoption, [String]) -> Void) {
        guard request.origin.scheme == .https, let name = request.tls.serverName else {
            set(CURLOPT_URL, request.origin.description + request.target)
            if let socket = request.unixSocket { set(CURLOPT_UNIX_SOCKET_PATH, socket.path) }
            return
        }
        // The URL carries the name to verify; the connection goes to the configured host.
        var named = request.origin
        named.host = name
        set(CURLOPT_URL, named.description + request.target)
        setList(CURLOPT_CONNECT_TO, ["::\(request.origin.authority)"])
    }

    func setTimeouts(_ set: (CURLoption, Int) -> Void) {
        let left = ContinuousClock.now.duration(to: deadline).millisecondsAtLeastOne
        set(CURLOPT_TIMEOUT_MS, left)
        set(CURLOPT_CONNECTTIMEOUT_MS, min(left, request.timeouts.connect.millisecondsAtLeastOne))
    }

    func setTLS(_ set: (CURLoption, String) -> Void, _ setNumber: (CURLoption, Int) -> Void) {
        setNumber(CURLOPT_SSL_VERIFYPEER, 1)
        setNumber(CURLOPT_SSL_VERIFYHOST, 2)
        let isNewOnly = request.tls.minimumVersion == .tls13
        setNumber(CURLOPT_SSLVERSION, Int(isNewOnly ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2))
        guard request.origin.scheme == .https else { return }
        if let file = request.tls.certificateAuthorityPath {
            set(CURLOPT_CAINFO, file)
            // The system's folder of authorities would be trusted beside the file.
            ccurl_set_string(handle, CURLOPT_CAPATH, nil)
            // From 7.87 on libcurl would go by the file as it was up to a day ago.
            ccurl_forget_authorities(handle)
        }
        if let file = request.tls.certificatePath { set(CURLOPT_SSLCERT, file) }
        if let file = request.tls.keyPath { set(CURLOPT_SSLKEY, file) }
        // Without one, OpenSSL would ask for the passphrase of a protected key on the terminal.
        set(CURLOPT_KEYPASSWD, "")
    }

    func setMethod(_ setNumber: (CURLoption, Int) -> Void, _ set: (CURLoption, String) -> Void) {
        switch request.method {
        case .get where request.body.isEmpty:
            setNumber(CURLOPT_HTTPGET, 1)
        case .head:
            setNumber(CURLOPT_NOBODY, 1)
        case .get, .put, .post, .delete:
            if request.method != .delete || !request.body.isEmpty {
                ccurl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
                request.body.withUnsafeBytes { bytes in
                    // libcurl copies the bytes here, and only reads them.
                    _ = ccurl_set_pointer(
                        handle,
                        CURLOPT_COPYPOSTFIELDS,
                        UnsafeMutableRawPointer(mutating: bytes.baseAddress)
                    )
                }
                if request.body.isEmpty { set(CURLOPT_COPYPOSTFIELDS, "") }
            }
            set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
    }
}
