/** The adapter for OkHttp. */
@NullMarked
package io.gatewaykit.httpclient.okhttp;

import org.jspecify.annotations.NullMarked;
