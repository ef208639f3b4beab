import CCurl
import TLSDiagnosis

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What it means that libcurl ended a transfer with an error.
extension Transfer {
    func error(_ result: CURLcode) -> HTTPClientError {
        if let socketFailure { return HTTPClientError(socketFailure.code, request, detail: socketFailure.detail) }
        if isTooLarge {
            return HTTPClientError(
                .responseTooLarge,
                request,
                detail: "more than \(request.maximumResponseBytes) bytes"
            )
        }
        let text = String(cString: errorText)
        let detail = text.isEmpty ? String(cString: curl_easy_strerror(result)) : text
        guard let fault = tlsFault(of: result, detail) else {
            return HTTPClientError(code(of: result), request, detail: detail)
        }
        let code = fault.concernsBrokerCertificate ? HTTPClientError.Code.certificateRejected : .tlsFailed
        return HTTPClientError(code, request, detail: detail, tlsFault: fault)
    }

    private func code(of result: CURLcode) -> HTTPClientError.Code {
        switch result {
        case CURLE_URL_MALFORMAT:
            return .invalidRequest
        case CURLE_COULDNT_RESOLVE_HOST:
            return .couldNotResolve
        case CURLE_COULDNT_CONNECT:
            let error = number(CURLINFO_OS_ERRNO)
            let nothingListens = error == Int(ECONNREFUSED) || request.unixSocket != nil && error == Int(ENOENT)
            return nothingListens ? .connectionRefused : .couldNotConnect
        case CURLE_OPERATION_TIMEDOUT:
            return microseconds(CURLINFO_PRETRANSFER_TIME_T) == 0 ? .connectTimedOut : .timedOut
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE:
            return .connectionLost
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING:
            return .invalidResponse
        default:
            return .other
        }
    }

    /// What is wrong with TLS, or `nil` where something else is.
    private func tlsFault(of result: CURLcode, _ text: String) -> TLSFault? {
        guard request.origin.scheme == .https else { return nil }
        switch result {
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR:
            return verificationFault(text)
        case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE:
            return .fileUnusable(text)
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_SHUTDOWN_FAILED:
            return TLSFault(libraryText: text)
        case CURLE_RECV_ERROR where text.contains("alert"):
            // With TLS 1.3 the server judges the client's certificate after the client's side of the handshake is over.
            return TLSFault(libraryText: text)
        default:
            return nil
        }
    }

    /// By the codes of OpenSSL's `X509_V_ERR_…`, which libcurl passes on, and which it leaves at "no error" where it
    /// compares the name itself.
    private func verificationFault(_ text: String) -> TLSFault {
        switch number(CURLINFO_SSL_VERIFYRESULT) {
        case 9: .certificateNotYetValid
        case 10: .certificateExpired
        case 2, 18, 19, 20, 21: .unknownAuthority
        case 62, 64: .wrongName(expected: expectedName)
        case _ where text.contains("subject name"): .wrongName(expected: expectedName)
        default: .certificateNotAccepted(text)
        }
    }

    private var expectedName: String { request.tls.serverName ?? request.origin.host }
}
