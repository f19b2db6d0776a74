@NullMarked
package io.gatewaykit.httpclient.spring;

import org.jspecify.annotations.NullMarked;
