@NullMarked
package io.gatewaykit.httpclient.webflux;

import org.jspecify.annotations.NullMarked;
