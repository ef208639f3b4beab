// libcurl sets options and reads results through C-variadic functions, which Swift can't call.
// One typed function stands here for each type of value; the option says which of them to use.

#ifndef CCURL_SHIM_H
#define CCURL_SHIM_H

// The type checks are macros over constant options; here the option is an argument.
#ifndef CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_TYPECHECK
#endif

#include <curl/curl.h>

typedef size_t (*ccurl_data_function)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

/// libcurl copies the string, except for CURLOPT_POSTFIELDS, which is not used here.
static inline CURLcode ccurl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

/// Has libcurl read the file of authorities again for each connection. Before 7.87 it does nothing else.
static inline CURLcode ccurl_forget_authorities(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075700
    return curl_easy_setopt(handle, CURLOPT_CA_CACHE_TIMEOUT, 0L);
#else
    (void)handle;
    return CURLE_OK;
#endif
}

/// libcurl does not copy the list: it must outlive the transfer.
static inline CURLcode ccurl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_data_function(CURL *handle, CURLoption option, ccurl_data_function value) {
    return curl_easy_setopt(handle, option, value);
}

typedef int (*ccurl_socket_function)(void *context, curl_socket_t socket, curlsocktype purpose);

static inline CURLcode ccurl_set_socket_function(CURL *handle, CURLoption option, ccurl_socket_function value) {
    return curl_easy_setopt(handle, option, value);
}

typedef int (*ccurl_connected_function)(void *context, char *remote, char *local, int remote_port, int local_port);

static inline CURLcode ccurl_set_connected_function(CURL *handle, CURLoption option, ccurl_connected_function value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode ccurl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

/// The result of a finished transfer: a union in libcurl's message, which Swift imports awkwardly.
static inline CURLcode ccurl_message_result(const CURLMsg *message) {
    return message->data.result;
}

#endif
