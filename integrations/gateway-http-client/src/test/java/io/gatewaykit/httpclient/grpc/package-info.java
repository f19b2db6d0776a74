@NullMarked
package io.gatewaykit.httpclient.grpc;

import org.jspecify.annotations.NullMarked;
