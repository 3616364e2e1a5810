# The app on the CPU. docker compose up, or: docker build -t sxai . && docker run -p 127.0.0.1:8501:8501 -v sxai:/home/sxai/.sxai sxai
FROM python:3.11-slim

RUN useradd --create-home --uid 1000 sxai
WORKDIR /opt/sxai

COPY requirements.txt requirements-dev.txt requirements-timm.txt ./
RUN pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu -r requirements.txt

COPY pyproject.toml setup.py MANIFEST.in README.md LICENSE NOTICE app.py ./
COPY .streamlit .streamlit
COPY data_store data_store
COPY sxai sxai
COPY widgets widgets
COPY pages pages
RUN pip install --no-cache-dir --no-deps .

# The project lies in a volume; a new one belongs to the user that runs the app.
ENV SXAI_HOME=/home/sxai/.sxai
RUN install -d -o sxai -g sxai "$SXAI_HOME"
USER sxai
WORKDIR /home/sxai
VOLUME /home/sxai/.sxai
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/healthz', timeout=4)"]
CMD ["sxai", "app", "--no-browser", "--port", "8501", "--host", "0.0.0.0"]
